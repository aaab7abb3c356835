"""The shop: people register, place orders, ask for reports and import files."""
