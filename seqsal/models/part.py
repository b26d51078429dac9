"""What every LIT model of a group is."""

from lit_nlp.api import model as lit_model


class PartModel(lit_model.Model):  # type: ignore[misc]
    """A LIT model that is one part of a group."""

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    @property
    def supports_concurrent_predictions(self) -> bool:
        """Whether requests may come at once: they queue for the device, a click before others.

        LIT's cache would otherwise keep a click waiting until a whole dataset is answered.
        """
        return True
