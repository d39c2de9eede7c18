"""How much each family's price counts in a consensus. Pure.

Equal by default. A weight may also fade with the age of the quote, by half every `half_life`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from markets.quotes import Micros


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by family, their mean 1; a family that was not measured weighs 1.

    `half_life` in microseconds, none where age does not count. `provenance` says where the weights come from.
    """

    families: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    half_life: Micros | None = None
    provenance: str = "equal"

    @property
    def equal(self) -> bool:
        """Whether every quote counts the same."""
        return not self.families and self.half_life is None

    def of(self, family: str, age: Micros) -> float:
        """The weight of a family's quote that changed `age` microseconds ago; a quote of the future is new."""
        weight = self.families.get(family, 1.0)
        if self.half_life is not None and age > 0:
            weight *= 0.5 ** (age / self.half_life)
        return weight


EQUAL: Final = Weights()
