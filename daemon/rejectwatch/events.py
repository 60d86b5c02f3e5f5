"""From a refusal to its event: what a cause is judged by, and the row that the judgement completes."""

from __future__ import annotations

from rejectwatch.causes import Diagnosis, Reply
from rejectwatch.facts import Batch, Event, Refused, domain_of


def reply_of(refused: Refused | Event) -> Reply:
    """What a cause is judged by, of a refusal."""
    return Reply(
        text=refused.reply,
        code=refused.code,
        enhanced_code=refused.enhanced_code,
        refused_by=refused.refused_by,
        stage=refused.stage,
        user=refused.user,
        sender=refused.sender,
        recipient=refused.recipient,
    )


def event_of(refused: Refused, attempt: str, diagnosis: Diagnosis, batch: Batch) -> Event:
    """The row that a refusal becomes."""
    return Event(
        generation=batch.generation,
        position=batch.position_of(refused.offset),
        n=refused.n,
        occurred_at=refused.at,
        source=batch.source,
        host=refused.host,
        mta=refused.mta,
        service=refused.service,
        refused_by=refused.refused_by,
        outcome=refused.outcome,
        stage=refused.stage,
        attempt=attempt,
        queue_id=refused.queue_id,
        user=refused.user,
        user_source=refused.user_source,
        client_ip=refused.client_ip,
        client_host=refused.client_host,
        helo=refused.helo,
        sender=refused.sender,
        recipient=refused.recipient,
        recipient_domain=domain_of(refused.recipient),
        relay_host=refused.relay_host,
        relay_ip=refused.relay_ip,
        code=refused.code,
        enhanced_code=refused.enhanced_code,
        reply=refused.reply,
        repeat=refused.repeat,
        cause=diagnosis.cause,
        confidence=diagnosis.confidence,
        evidence=diagnosis.evidence,
    )
