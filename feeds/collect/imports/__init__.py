"""What others export, as records; each module reads one family of formats."""
