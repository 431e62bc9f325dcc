"""Mistakes that a user can mend."""


class UserError(Exception):
    """A mistake in an option, a file or a field: shown as one line, without a traceback.

    The message names what is wrong (the option, file or field) and how to mend it.
    """


class MissingFilesError(UserError):
    """Files that a chosen option needs are not there; the message names them and the command that makes them."""
