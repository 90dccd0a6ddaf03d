"""Privacy: pseudonyms for ids, small groups hidden, profiles with noise, and whether columns tell customers apart."""

from ._anonymity import k_anonymity
from ._private_profile import PrivateProfile, private_profile
from ._pseudonyms import pseudonymize
from ._suppression import suppress

__all__ = ["PrivateProfile", "k_anonymity", "private_profile", "pseudonymize", "suppress"]
