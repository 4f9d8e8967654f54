"""Customers and what they are recognized by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from entitlements.store.database import db


class Customer(db.Model):
    """An organization that bought support. `name` is short and unique; `zone` is where its people read clocks, and
    `language` what they are told things in, empty where it is not known."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    zone: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")
    contacts: Mapped[list[Contact]] = relationship(cascade="all, delete-orphan", order_by="Contact.email")
    domains: Mapped[list[Domain]] = relationship(cascade="all, delete-orphan", order_by="Domain.domain")
    external_ids: Mapped[list[ExternalId]] = relationship(cascade="all, delete-orphan")


class Contact(db.Model):
    """One person's address, in lower case. The same address may belong to two customers: that is `ambiguous`."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("customer_id", "email"), Index("ix_contacts_email", "email"))

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    email: Mapped[str] = mapped_column(String(254))


class Domain(db.Model):
    """A mail domain, in lower case; never a public mail provider's."""

    __tablename__ = "domains"
    __table_args__ = (UniqueConstraint("customer_id", "domain"), Index("ix_domains_domain", "domain"))

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    domain: Mapped[str] = mapped_column(String(253))


class ExternalId(db.Model):
    """An id that helpdesks know the customer by: `organization` ids are theirs, `external` ids are the customer's."""

    __tablename__ = "external_ids"
    __table_args__ = (UniqueConstraint("customer_id", "kind", "value"), Index("ix_external_ids_value", "kind", "value"))

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(120))
