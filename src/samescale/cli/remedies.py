"""What to do about an error, by its code: the general words behind the remedy of each error."""

from __future__ import annotations

from typing import Final

REMEDIES: Final[dict[str, str]] = {
    "E000": "Look at the code of the error itself.",
    "E100": "Correct the name or the argument that the message names; a near one is suggested.",
    "E200": "Correct the value in the column and row that the message names, or leave the row out.",
    "E210": "Send every column of the contract, under its name and of its type. 'samescale check' "
    "lists all that is wrong with a file, 'samescale inspect' shows the contract.",
    "E220": "Check the path and the file's ending; give --dtype where a column is read as another "
    "type than is meant.",
    "E300": "Build the graph from transforms; where it was read from a file, fetch the file again.",
    "E310": "Use another target, or another transform in the column that the message names.",
    "E320": "Give the target transforms that can be undone, such as Normalization.",
    "E400": "Train the model on what the fitted preprocessing gives, for the target of its spec.",
    "E500": "See that the path is that of a file that samescale saved, or may write.",
    "E510": "Fetch the file again; if it is of a later format, install a newer samescale.",
    "E520": "Fetch the file again. If it is refused again, don't use it.",
    "E530": "Compare the versions that 'samescale verify' shows, and install those of the bundle.",
    "E600": "Look at the rows that the findings name; 'samescale explain' with a finding's code "
    "says more. --policy sets what a rule does.",
    "E700": "Install the extra that the message names.",
}
