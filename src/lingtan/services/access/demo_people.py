"""The accounts of a demo park: one for each role."""

import secrets
from dataclasses import dataclass

from lingtan.services.access.policy import Role
from lingtan.services.access.ports import Directory, User
from lingtan.services.access.users import add_user

# role -> shown as, in Chinese and English; the enterprise user belongs to a member with fuel, power and a process
PEOPLE = {
    Role.ADMIN: ("演示管理员", "Demo administrator"),
    Role.OPERATOR: ("演示园区运营", "Demo operator"),
    Role.ENTERPRISE: ("演示企业用户", "Demo enterprise"),
    Role.CONSULTANT: ("演示咨询", "Demo consultant"),
    Role.VERIFIER: ("演示核查", "Demo verifier"),
    Role.REGULATOR: ("演示主管部门", "Demo regulator"),
}
MEMBER = "foundry"


@dataclass(frozen=True)
class Person:
    """A user and the password, which is shown once and never kept."""

    user: User
    password: str


def add_demo_people(directory: Directory, lang: str) -> list[Person]:
    """One user of each role; none if anybody has an account already."""
    if directory.users():
        return []
    found = []
    for role, labels in PEOPLE.items():
        password = secrets.token_urlsafe(9)
        member = MEMBER if role is Role.ENTERPRISE else None
        label = labels[0 if lang == "zh" else 1]
        found.append(
            Person(
                add_user(directory, role.value, role, password=password, enterprise=member, label=label, lang=lang),
                password,
            )
        )
    return found
