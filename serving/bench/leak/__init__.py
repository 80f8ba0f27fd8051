"""Gateways over one database, providers that write down what arrives, and faults in all of it.

The gateways are processes, because they are killed; what stands in for an engine is a simulator.
"""
