"""A form or JSON body becomes an order: parsed as it comes, checked field by field."""
