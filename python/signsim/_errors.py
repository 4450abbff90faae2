"""What can go wrong outside signsim, and what to do about it."""


class SignsimError(Exception):
    """What signsim reports instead of a result.

    Attributes
    ----------
    message: what is wrong, with its place.
    help: what to write or do instead, or None.
    """

    def __init__(self, message, file=None, line=None, column=None, help=None):
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.help = help

    def __str__(self):
        return self.message if self.help is None else f"{self.message}\nhelp: {self.help}"

    def __reduce__(self):
        return type(self), (self.message, self.file, self.line, self.column, self.help)


class ScenarioError(SignsimError, ValueError):
    """A scenario, or an argument, that cannot be used as written.

    Attributes
    ----------
    file: the file, or what a text was called; None where an argument is wrong.
    line, column: count from 1; None where an argument is wrong.
    help: what to write instead, or None.
    """


class RunError(SignsimError):
    """A run that could not go on. Runs beside it were finished, and stay.

    Attributes
    ----------
    failures: a list of (run, reason, help).
    results: a `signsim.Results` with what was finished; None where nothing was begun.

    An exception of a rule of your own is the `__cause__`, when it was raised just now and not when the run failed before.
    """

    failures = ()
    results = None
