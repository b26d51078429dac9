"""Serves with models that have exact gradients only, as an adapter of another kind would.

python -m tests.e2e.exact_gradients_server [FLAGS], with the flags of seqsal
"""

from seqsal.__main__ import main
from seqsal.models.transformers import HFCausalLM

ERROR = "An adapter of this kind has exact gradients only."

if __name__ == "__main__":
    HFCausalLM.linearization_error = ERROR  # type: ignore[assignment]
    main()
