"""The configuration: one schema that validates, makes the sample file and the reference."""
