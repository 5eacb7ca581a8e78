"""Reads what a port tells, as Prometheus does."""

from __future__ import annotations

from dataclasses import dataclass

import requests
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Scrape:
    """The samples of one answer, and the names of all families, also of those without a sample so far."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels, whatever others they have."""
        found = [value for each, has, value in self._samples() if each == name and labels.items() <= has.items()]
        assert found, f"no {name} with {labels}"
        return sum(found)

    def label_values(self) -> set[str]:
        """Whatever stands in a label; the bounds of histograms aside."""
        return {value for _, labels, _ in self._samples() for name, value in labels.items() if name != "le"}

    def names(self) -> set[str]:
        """Every name that an expression may use."""
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        families = text_string_to_metric_families(self.text)
        return {family.name + suffix for family in families for suffix in suffixes.get(family.type, ("",))}

    def _samples(self) -> list[tuple[str, dict[str, str], float]]:
        families = text_string_to_metric_families(self.text)
        return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def scrape(port_url: str) -> Scrape:
    """Ask a port for its figures."""
    response = requests.get(f"{port_url}/metrics", timeout=10)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return Scrape(response.text)
