"""The headers of Pagure's messages on the bus; their bodies are made by `pagure_bridge`."""

from bbconsumer.simulator.records import Json


def headers(topic: str, body: Json) -> dict[str, str | int | bool]:
    """The schema is the topic's end. Whom a message is about has a header of his or her own."""
    issue = body["issue"]
    people = {body["agent"], issue["user"]["name"], *([issue["assignee"]["name"]] if issue["assignee"] else [])}
    return {
        "fedora_messaging_schema": f"pagure.{topic.partition('.pagure.')[2]}",
        "fedora_messaging_schema_package": "pagure_messages",
        "fedora_messaging_severity": 20,
        "priority": 0,
        **{f"fedora_messaging_user_{name}": True for name in sorted(people)},
    }
