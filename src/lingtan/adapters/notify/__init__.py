"""Messages to people and programs: e-mail, robots of 企业微信 and 钉钉, signed webhooks.

Comes in: a target and what is to be said. Goes out: what became of it; a failure is an answer, never an exception.
Every address is looked up first, and nothing inside of the own network is called unless a setting allows it.
"""
