package hana

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/run"
)

// An Account is the operating system user of an instance, and the environment its tools need.
//
// The shell agents start a login shell for each call: the profile runs every time, its output gets between
// the lines, and a directory server that answers late makes a healthy database look dead. Here the
// environment is had from a login shell once, kept for a while, and the tools are started directly with
// it by setpriv, without shell and session. When the login gives no answer in time, the environment is
// put together from the known layout instead. Login chooses the old way.
type Account struct {
	Name     string
	UID, GID int
	Home     string
	// Env is the environment as NAME=value, without what belongs to a terminal or a locale.
	Env []string
	// Login makes each tool run through a login shell, as the shell agents do.
	Login bool
}

// A Keeper keeps facts from one run of an agent to the next; *ocf.State is one. Load fails when nothing
// is kept.
type Keeper interface {
	Load(name string) (map[string]string, error)
	Save(name string, facts map[string]string) error
}

const (
	// loginLimit bounds the login and the look-up of the user.
	loginLimit = 10 * time.Second
	// keepLogin is how long an environment from a login is used, keepGuess how long one put together.
	keepLogin = time.Hour
	keepGuess = 5 * time.Minute
)

// Account is the instance's user. It costs a file when it has been asked for lately, else two programs
// and a login. The error is ErrNoUser when the host has no such user, and so no such HANA.
func (i Instance) Account(ctx context.Context, runner run.Runner, keep Keeper) (*Account, error) {
	kept, made := i.kept(keep)
	if kept != nil && time.Since(made) >= 0 && time.Since(made) < keptFor(kept) {
		return kept.account(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, loginLimit)
	defer cancel()
	fresh, err := i.lookUp(ctx, runner)
	switch {
	case errors.Is(err, ErrNoUser):
		return nil, err
	case err != nil && kept != nil:
		// What was true an hour ago is better than nothing while the directory server is away, and
		// asking it every time would cost every call ten seconds.
		kept.guessed = true
		_ = keep.Save(i.accountKey(), kept.facts())
		return kept.account(), nil
	case err != nil:
		return nil, err
	}
	fresh.login(ctx, runner, i)
	// A state that cannot be kept costs another login the next time, and nothing else.
	_ = keep.Save(i.accountKey(), fresh.facts())
	return fresh.account(), nil
}

func (i Instance) accountKey() string { return "hana-account-" + i.String() }

// A keptAccount is an account with what it is worth.
type keptAccount struct {
	Account
	// guessed tells that it does not come from a login of just now.
	guessed bool
}

func (k *keptAccount) account() *Account { return &k.Account }

func keptFor(k *keptAccount) time.Duration {
	if k.guessed {
		return keepGuess
	}
	return keepLogin
}

// lookUp asks the name service, which may be a directory server, and not only the local file.
func (i Instance) lookUp(ctx context.Context, runner run.Runner) (*keptAccount, error) {
	name := i.SID.User()
	result, err := runner.Run(ctx, run.Cmd{Path: "getent", Args: []string{"passwd", name}})
	if err != nil {
		return nil, fmt.Errorf("look up user %s: %w", name, err)
	}
	if result.Code == 2 {
		return nil, fmt.Errorf("%w: %s", ErrNoUser, name)
	}
	fields := strings.Split(result.Text(), ":")
	if !result.OK() || len(fields) != 7 || fields[0] != name {
		return nil, fmt.Errorf("look up user %s: %w: exit %d, %q", name, ErrGarbled, result.Code, clip(result.Text()))
	}
	uid, errUID := strconv.Atoi(fields[2])
	gid, errGID := strconv.Atoi(fields[3])
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("look up user %s: %w: %w", name, ErrGarbled, err)
	}
	return &keptAccount{Account: Account{Name: name, UID: uid, GID: gid, Home: fields[5]}}, nil
}

// loginCommand is what the login shell is told, be it of the sh or the csh kind: it ends what the profile
// printed with a zero byte, and lists the environment behind it.
const loginCommand = `printf '\0'; env -0`

// login takes the environment from a login shell, or puts one together.
func (k *keptAccount) login(ctx context.Context, runner run.Runner, i Instance) {
	result, err := runner.Run(ctx, run.Cmd{Path: "su", Args: []string{"-", k.Name, "-c", loginCommand}})
	if err == nil && result.OK() {
		_, list, _ := strings.Cut(string(result.Stdout), "\x00")
		k.Env = useful(strings.Split(list, "\x00"))
	}
	if !slices.ContainsFunc(k.Env, func(entry string) bool { return strings.HasPrefix(entry, "PATH=") }) {
		k.Env, k.guessed = i.usualEnv(k.Account), true
	}
}

// useful are the entries of a login's environment that its tools need.
func useful(entries []string) []string {
	var env []string
	for _, entry := range entries {
		name, value, ok := strings.Cut(entry, "=")
		if ok && name != "" && !strings.ContainsAny(name, "%() \n") && !strings.ContainsRune(value, '\n') && !ofSession(name) {
			env = append(env, entry)
		}
	}
	return env
}

// ofSession reports whether a variable belongs to the login's session and not to the user. The locale is
// ours to choose.
func ofSession(name string) bool {
	switch name {
	case "_", "PWD", "OLDPWD", "SHLVL", "TERM", "MAIL", "LANG", "LANGUAGE":
		return true
	}
	return strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "SSH_")
}

// usualEnv is an environment made from the layout of an installation.
func (i Instance) usualEnv(a Account) []string {
	exe := i.ExeDir()
	return []string{
		"HOME=" + a.Home, "USER=" + a.Name, "LOGNAME=" + a.Name, "SHELL=/bin/sh",
		"SAPSYSTEMNAME=" + string(i.SID), "TINSTANCE=" + string(i.Number),
		"DIR_INSTANCE=" + i.Dir(), "DIR_EXECUTABLE=" + exe, "DIR_LIBRARY=" + exe,
		"LD_LIBRARY_PATH=" + exe,
		"PYTHONPATH=" + exe + ":" + exe + "/python_support",
		"PATH=" + strings.Join([]string{exe + "/Python3/bin", exe + "/Python/bin", exe, i.Dir(), run.SystemPath}, ":"),
	}
}

// facts are the account as a Keeper takes it.
func (k *keptAccount) facts() map[string]string {
	facts := map[string]string{
		"made": strconv.FormatInt(time.Now().Unix(), 10), "name": k.Name, "home": k.Home,
		"uid": strconv.Itoa(k.UID), "gid": strconv.Itoa(k.GID), "guessed": strconv.FormatBool(k.guessed),
	}
	for _, entry := range k.Env {
		name, value, _ := strings.Cut(entry, "=")
		facts[envKey+name] = value
	}
	return facts
}

const envKey = "env."

// kept is the account that was kept and when it was made, or nil.
func (i Instance) kept(keep Keeper) (*keptAccount, time.Time) {
	facts, err := keep.Load(i.accountKey())
	if err != nil {
		return nil, time.Time{}
	}
	uid, errUID := strconv.Atoi(facts["uid"])
	gid, errGID := strconv.Atoi(facts["gid"])
	made, errMade := strconv.ParseInt(facts["made"], 10, 64)
	if errors.Join(errUID, errGID, errMade) != nil || facts["name"] != i.SID.User() {
		return nil, time.Time{}
	}
	k := &keptAccount{guessed: facts["guessed"] == "true"}
	k.Account = Account{Name: facts["name"], UID: uid, GID: gid, Home: facts["home"]}
	for key, value := range facts {
		if name, ok := strings.CutPrefix(key, envKey); ok {
			k.Env = append(k.Env, name+"="+value)
		}
	}
	slices.Sort(k.Env)
	return k, time.Unix(made, 0)
}
