"""`remora init`: a first manifest, proposed from the shapes of the services."""
