"""Whether the hub can be reached, asked before its client tries again and again."""

import pathlib

from huggingface_hub import constants

from seqsal.models import hub


def only_local_files(*paths: str) -> bool:
    """Returns whether models must come from the disk: the hub is needed and does not answer.

    Files that were fetched before are on the disk, too.

    Args:
        *paths: folders or ids of the hub.
    """
    if constants.HF_HUB_OFFLINE:
        return True
    if all(pathlib.Path(path).is_dir() for path in paths):
        return False
    return hub.why_silent(constants.ENDPOINT) != ""
