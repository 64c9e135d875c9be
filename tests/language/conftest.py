"""Settings of the tests of language."""

from hypothesis import settings

# A busy machine is slow now and then; what is slow is not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
