"""Array types for signatures; jaxtyping adds shapes, which the tests check."""

from typing import TYPE_CHECKING, Any

import numpy as np

Array = Any
"""An array of the framework that runs the model."""

if TYPE_CHECKING:
    NumpyArray = np.ndarray[Any, np.dtype[Any]]
else:
    NumpyArray = np.ndarray  # jaxtyping takes the plain class.
