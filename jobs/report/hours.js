// hours
