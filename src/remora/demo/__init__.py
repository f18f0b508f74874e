"""`python -m remora.demo`: a local control plane, a real task on real files, live progress, outputs, a failing run."""
