"""Array types for signatures; jaxtyping gives them shapes, which the tests enforce."""

from typing import TYPE_CHECKING, Any

import numpy as np

Array = Any
"""An array of whichever framework runs the model."""

if TYPE_CHECKING:
    NumpyArray = np.ndarray[Any, np.dtype[Any]]
else:
    NumpyArray = np.ndarray  # jaxtyping takes the plain class.
