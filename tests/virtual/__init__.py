"""Tests on an emulated machine: some minutes long, and not among those that `make test` runs."""
