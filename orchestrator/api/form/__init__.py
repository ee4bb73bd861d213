"""A form or JSON body becomes an order: read as it comes, checked field by field.

``parse``: bytes → fields and files of the request. ``fields``: what fields there are, with limits, checks and
descriptions; the check of a field is there, or in ``names`` (words that may not be paths) or ``uploads`` (what a file
really is). ``refusal``: what is wrong with a field, as the client is told. ``orders``: fields → scenes to render and
what is kept with the job. ``schema``: all of it in OpenAPI. ``json_body``: small bodies that are JSON alone.
"""
