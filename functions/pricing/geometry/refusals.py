"""Why a file has no analysis."""


class ModelRefused(Exception):
    """A file that cannot be analysed.

    Attributes:
        code: stable dotted code, for example `stl.truncated`. Codes under `limits.` name the limit that was reached,
            codes under `engine.` mean that the engine, not the file, is to blame.
        detail: one English sentence with what was found in the file.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
