"""From services to entities, by shape: Get, List, Create, Update, Delete and Watch around one message."""

from __future__ import annotations

import keyword

from remora_codegen.manifest.scope import ENTITY_MEMBERS
from remora_codegen.model import Field, Message, Schema
from remora_codegen.names import snake_case
from remora_codegen.propose import masks, requests, shapes, streams
from remora_codegen.propose.plan import EntityPlan, Found, MethodPlan, Plan, Rpc

_NO_ENTITY = "it names no entity, and none is in what it returns"
_NAMES = {"list": "listall"}
_ORDER = ("get", "list", "create", "update", "delete", "watch", "")


def propose(schema: Schema) -> Plan:
    """The plan for all services of a schema."""
    return _Proposal(schema).run()


class _Proposal:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.plan = Plan()
        self.by_message: dict[str, EntityPlan] = {}

    def run(self) -> Plan:
        rpcs = [shapes.rpc(service, item) for service in self.schema.services.values() for item in service.methods]
        for item in rpcs:
            if item.verb in ("get", "list", "create") and not item.method.client_streaming:
                found = self.subject(item)
                if found is not None:
                    self.entity(self.schema.messages[found.message])
        for item in sorted(rpcs, key=lambda item: _ORDER.index(item.verb)):
            reason = self.place(item)
            if reason:
                self.plan.unplaced[item.path] = reason
        self.plan.entities = {name: item for name, item in sorted(self.plan.entities.items()) if item.methods}
        for entity in self.plan.entities.values():
            self.properties(entity)
        return self.plan

    def subject(self, item: Rpc) -> Found | None:
        """What the answer of an RPC is about."""
        if item.verb == "list" and not item.method.server_streaming:
            return shapes.items(self.schema, item)
        found = shapes.subject(self.schema, item)
        if found is None and item.method.server_streaming:
            found = shapes.items(self.schema, item)
        return found

    def entity(self, message: Message) -> None:
        if message.full_name in self.by_message:
            return
        name = shapes.entity_name(message)
        # Two messages of one name in two packages: the package's last words tell them apart.
        parts = [part.capitalize() for part in message.full_name.split(".")[:-1] if not _is_version(part)]
        while self.is_taken(name) and parts:
            name = parts.pop() + name
        if not self.is_taken(name):
            plan = EntityPlan(name, message)
            self.plan.entities[name] = self.by_message[message.full_name] = plan

    def is_taken(self, name: str) -> bool:
        return keyword.iskeyword(name) or any(snake_case(other) == snake_case(name) for other in self.plan.entities)

    def place(self, item: Rpc) -> str:
        """Make a method for an RPC; gives the reason when there is no place for it."""
        found = self.subject(item)
        if found is not None and found.message not in self.by_message:
            found = self.inside(item)
        entity = self.by_message[found.message] if found else self.meant(item)
        if entity is None:
            return _NO_ENTITY
        plan = MethodPlan(self.method_name(entity, item), item)
        plan.pages = self.pages(item, found)
        masked = masks.find(self.schema, entity, item)
        if item.method.client_streaming:
            streams.fill(self.schema, entity, plan)
        elif masked is not None:
            masks.fill(self.schema, entity, plan, masked)
        else:
            requests.fill(self.schema, entity, plan)
        plan.returns = self.returns(entity, plan, found)
        entity.methods[plan.name] = plan
        return ""

    def pages(self, item: Rpc, found: Found | None) -> dict[str, str] | None:
        """What the manifest says of pages, if the RPC gives a list in pages, or one as a stream."""
        if found is None or item.method.client_streaming:
            return None
        listed = {"items": str(found)} if found.many else {}
        if item.method.server_streaming:
            return listed if item.verb == "list" and (found.many or not found.path) else None
        counted = shapes.pages(self.schema, item.method) if found.many else None
        return None if counted is None else listed | counted

    def inside(self, item: Rpc) -> Found | None:
        """The first entity that the response of an RPC holds."""
        fields = self.schema.messages[item.method.response].fields
        held = [Found(field.type_name, (field,)) for field in fields if field.type_name in self.by_message]
        return next((found for found in held if not found.path[0].is_map), None)

    def meant(self, item: Rpc) -> EntityPlan | None:
        """The entity whose name is in that of the RPC, or in that of its request; the longest one wins."""
        package = item.service.full_name.rpartition(".")[0]
        words = {item.noun, shapes.question(item.method.request.rpartition(".")[2])}
        near = [entity for entity in self.by_message.values() if entity.message.full_name.startswith(f"{package}.")]
        fits = [
            entity
            for entity in near
            if any(shapes.singular(word).endswith(entity.name) or word.endswith(entity.name) for word in words)
        ]
        return max(fits, key=lambda entity: len(entity.name), default=None)

    def method_name(self, entity: EntityPlan, item: Rpc) -> str:
        plain = shapes.same_thing(item.noun, entity.name)
        name = _NAMES.get(item.verb, item.verb) if item.verb and plain else snake_case(item.method.name)
        if not item.verb:  # `AbortRun` of a Run is just `abort`
            name = name.removesuffix("_" + snake_case(entity.name))
        for other in (name, snake_case(item.method.name), snake_case(item.service.python_name + item.method.name)):
            name = other + "_" if keyword.iskeyword(other) or other in ENTITY_MEMBERS else other
            if name not in entity.methods and name.isidentifier() and not name.startswith("_"):
                return name
        return name

    def returns(self, entity: EntityPlan, plan: MethodPlan, found: Found | None) -> str:
        response = self.schema.messages[plan.rpc.method.response]
        if found is None:
            is_empty = not response.fields and not plan.rpc.method.server_streaming
            return "none" if is_empty else streams.joined(self.schema, plan)
        if plan.pages is not None:
            return entity.name
        path = f", field: {found}" if found.path else ""
        if plan.request and not found.many and not plan.rpc.method.server_streaming:
            return f"{{refresh: true{path}}}"
        return f"{{entity: {entity.name}{path}}}" if path else entity.name

    def properties(self, entity: EntityPlan) -> None:
        for item in entity.message.fields:
            name = item.name.lstrip("_") or "value"
            while keyword.iskeyword(name) or name in ENTITY_MEMBERS | entity.methods.keys() | entity.properties.keys():
                name += "_"
            entity.properties[name] = self.property_text(item)

    def property_text(self, item: Field) -> str:
        other = self.by_message.get(item.type_name) if item.is_message and not item.is_map else None
        if other is not None and other.name in self.plan.entities:
            return f"{{field: {item.name}, entity: {other.name}}}"
        return item.name


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:2].isdigit()
