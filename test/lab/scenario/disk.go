package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// clashes is the error of a scenario in which a node would have mounted a shared disk that another one had. The rack asks
// at every mount, so none is missed.
func (s *Stage) clashes() error {
	// A scenario that was interrupted is judged, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 10*time.Second)
	defer cancel()
	status, err := s.lab.Status(ctx)
	if err != nil {
		return fmt.Errorf("ask who had the shared disks: %w", err)
	}
	var all []error
	for _, e := range status.Clashes {
		if !e.Time.Before(s.began) {
			all = append(all, fmt.Errorf("%s %s, at %s", e.Node, e.Detail, e.Time.Format("15:04:05.000")))
		}
	}
	return errors.Join(all...)
}
