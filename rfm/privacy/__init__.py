"""Privacy: pseudonyms for ids, small groups hidden, and whether columns tell customers apart."""

from ._anonymity import k_anonymity
from ._pseudonyms import pseudonymize
from ._suppression import suppress

__all__ = ["k_anonymity", "pseudonymize", "suppress"]
