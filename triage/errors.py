"""The one error of this package: clinical data that cannot be used as written."""


class DataError(ValueError):
    """A file of `data/triage` is wrong; the message names file, line and what was expected."""
