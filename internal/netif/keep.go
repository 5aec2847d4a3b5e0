package netif

import "errors"

// A Company is what the kernel may delete along with an address: the
// secondary addresses of the subnet, and routes that others than the kernel
// have made on the interface. It survives encoding/json.
type Company struct {
	Addresses []Address
	Routes    []Route
}

// CompanyOf returns what may be lost when the address is deleted, in the
// order in which it must come back. To survive a crash between deletion and
// repair, store it first and give it to Restore later.
func (n *Net) CompanyOf(a Address) (Company, error) { return Company{}, errors.ErrUnsupported }

// Restore adds again what is missing of c, addresses before routes, and
// returns what it added. A route that cannot exist without the deleted
// address (its gateway is out of reach now) is left out silently. It goes on
// after an error; errors are joined.
func (n *Net) Restore(c Company) (Company, error) { return Company{}, errors.ErrUnsupported }

// DeleteKeeping deletes the address and restores at once what the kernel
// deleted along with it (ipaddr2.md 5.2), which it returns.
func (n *Net) DeleteKeeping(a Address) (restored Company, err error) {
	return Company{}, errors.ErrUnsupported
}
