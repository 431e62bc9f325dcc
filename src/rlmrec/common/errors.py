"""Errors a user can fix, and interruptions."""


class UserError(Exception):
    """A mistake in an option, a file or a field: shown as one line, without a traceback.

    The message names what is wrong (the option, file or field) and how to fix it.
    """


class MissingFilesError(UserError):
    """Files that a chosen option needs are not there; the message names them and the command that makes them."""


class Interrupted(BaseException):
    """Work was stopped by a signal; the message says how to continue.

    Not an ``Exception``: a sweep must end too, instead of starting its next job.
    """


def one_line(error: BaseException) -> str:
    """Return the message of an error without line breaks, or the error's name if there is no message."""
    return " ".join(str(error).split()) or type(error).__name__
