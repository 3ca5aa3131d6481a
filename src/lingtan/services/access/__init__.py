"""Who may do what: roles and the policy table, signing in, users, the audit log.

Every service that shows or changes something of somebody's asks :func:`lingtan.services.access.policy.authorize`; pages and
routes do not decide. What is not allowed by the table is refused.
"""
