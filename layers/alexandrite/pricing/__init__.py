"""From analysed models to offers: prices of orders, questions of what a line would cost, prices by hand."""
