"""Which parameters are shares of a whole, which lie between 0 and 1 whatever their source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ketasim.model.component import Parameter

# a quantity that is itself a share ("unbound fraction of …", "share of …"), or a fall as a fraction of what there was;
# not a "factor on the absorbed fraction", nor a rise "as a fraction of baseline"
_SHARE: Final = re.compile(r"(\S+ )?(share|fraction|bioavailability)\b|.*\bfall\b.*\bas a fraction of\b", re.IGNORECASE)
_MEANINGS: Final = ("share", "fraction")


def is_share(parameter: Parameter) -> bool:
    """Whether a parameter is a share: it varies on the logit scale, or is a pure number of which its fact says so."""
    if any(v is not None and v.scale == "logitnormal" for v in (parameter.between, parameter.occasion)):
        return True
    fact = parameter.fact
    return parameter.unit == "1" and (fact.meaning in _MEANINGS or _SHARE.match(fact.quantity) is not None)
