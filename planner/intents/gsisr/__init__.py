"""GSISR, the task of GPlan's public test set: which services to offer, in which order.

Given a person's profile, behaviour and circumstances, and an event that triggers it all (a hotel
order, a fuel stop, a ticket), predict an ordered sequence of tool calls. The rows are anonymised;
their values stand in Chinese.
"""
