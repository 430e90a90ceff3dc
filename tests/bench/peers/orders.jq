def trim_text: gsub("^\\s+|\\s+$"; "");
{ref: .orderNo, state: (.status | ascii_downcase),
 customer: {id: .customer.id, email: (.customer.email | ascii_downcase), name: "\(.customer.name.first) \(.customer.name.last)"},
 store: ("AU-0" + (.store.code | ltrimstr("S"))), city: .shipTo.suburb,
 lines: [.lines[] | {sku: (.sku | trim_text | ascii_upcase), qty: (.qty | tonumber), price}],
 line_count: (.lines | length)}
