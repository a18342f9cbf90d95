"""Settings for all unit tests."""

from hypothesis import settings

# Derandomised: a pull request is judged by the same examples everywhere, and a busy machine is no
# failure. `pytest --hypothesis-profile=search tests/unit` looks for new ones.
settings.register_profile("unit", deadline=None, database=None, derandomize=True)
settings.register_profile("search", deadline=None, database=None, max_examples=5000)
settings.load_profile("unit")
