"""Reading `/metrics` as Prometheus does."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[str, dict[frozenset[tuple[str, str]], float]]


def parsed(text: str) -> Samples:
    """Name → labels → value; fails on what is no exposition, and on a series that is there twice."""
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = frozenset(sample.labels.items())
            rows = samples.setdefault(sample.name, {})
            assert labels not in rows, (sample.name, sample.labels)
            rows[labels] = sample.value
    return samples


def value(samples: Samples, name: str, **labels: str) -> float:
    """The one series with exactly these labels; 0 when there is none (yet)."""
    return samples.get(name, {}).get(frozenset(labels.items()), 0.0)


def total(samples: Samples, name: str, **labels: str) -> float:
    """The sum of all series that have these labels among theirs."""
    wanted = frozenset(labels.items())
    return sum(number for found, number in samples.get(name, {}).items() if wanted <= found)


def names_in(expression: str) -> set[str]:
    """The names of series in a PromQL expression."""
    return set(re.findall(r"music_dl_[a-z_]+", expression))


def labels_of(samples: Samples, name: str, label: str) -> set[str]:
    """Every value of a label."""
    return {dict(found)[label] for found in samples.get(name, {})}
