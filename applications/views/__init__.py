"""Fetch within the tenant, call, answer: one module for each of those who use the pages."""
