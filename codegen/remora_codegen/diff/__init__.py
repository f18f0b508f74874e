"""`remora diff`: what a change of the protos or of the manifest means for those who use the package."""
