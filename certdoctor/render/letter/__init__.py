"""The mail to the customer: what is wrong and what to do, for readers who do not have certdoctor."""
