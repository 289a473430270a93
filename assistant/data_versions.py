"""Which data a judgement rests on beside the model's archive."""

from __future__ import annotations


def data_versions() -> dict[str, str]:
    """The versions of the clinical data and of both nets."""
    from assistant import adapter, page_net
    from triage import clinical_data

    return {
        "clinical_data": clinical_data().version,
        "second_net": adapter.read_record().arrays_sha256[:12],
        "page_net": adapter.read_record(page_net.FOLDER).arrays_sha256[:12],
    }
