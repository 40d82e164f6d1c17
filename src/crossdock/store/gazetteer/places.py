"""The table of places that comes with Crossdock. `tools/build_gazetteer.py` makes it; NOTICE says from what."""

import gzip
from dataclasses import dataclass
from functools import cache
from importlib import resources

from crossdock.domain.places import Coordinates


@dataclass(frozen=True, slots=True, eq=False)
class SortedTable:
    """Lines of key, latitude and longitude, sorted by key. Looked up as they are: reading them all would take long."""

    lines: bytes

    def get(self, key: str) -> Coordinates | None:
        wanted = key.encode()
        low, high = 0, len(self.lines)
        while low < high:  # both stand at the beginning of a line
            begin = self.lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = self.lines.find(b"\n", begin) + 1
            name, north, east = self.lines[begin:end].split(b"\t")
            if name == wanted:
                return Coordinates(latitude=float(north), longitude=float(east))
            if name < wanted:
                low = end
            else:
                high = begin
        return None


@cache
def places() -> SortedTable:
    """Return the table. It takes a moment and a few megabytes, so only shops that route by distance ask for it."""
    packed = (resources.files("crossdock.store.gazetteer") / "places.tsv.gz").read_bytes()
    return SortedTable(gzip.decompress(packed))
