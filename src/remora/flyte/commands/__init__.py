"""What the command line of the control plane does beside calling methods; codegen/manifests/flyte.yaml binds it."""
