"""The gRPC services of the local control plane."""
