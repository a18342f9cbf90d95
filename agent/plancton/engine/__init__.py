"""The container engine: what is asked of it, the real one, and a fake that keeps the same contract."""
