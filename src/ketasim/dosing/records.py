"""The door to event records: the table, the numbering of sessions, and how a regimen becomes records."""

from ketasim.dosing.giving import from_regimen
from ketasim.dosing.table import SESSION_GAP_H, Evid, Rate, Records, concatenate, number_sessions, records

__all__ = ["SESSION_GAP_H", "Evid", "Rate", "Records", "concatenate", "from_regimen", "number_sessions", "records"]
