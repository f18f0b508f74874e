"""Values of Flyte as text, JSON and files, and back."""
