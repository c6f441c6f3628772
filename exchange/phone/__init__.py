"""The phone page: a person in a browser plays the customer, or anybody else at any number."""
